"""Groups functions of operating systems into families by their use.

Functions that every compiler's start-up code imports (IsDebuggerPresent, TerminateProcess, GetModuleHandle,
QueryPerformanceCounter) are left out, because they are no sign of what a program does.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple


class ApiFamily(NamedTuple):
    """Functions of one behaviour; `meaning` completes "It was ranked here because of native code that ..."."""

    id: str
    meaning: str
    names: str


API_FAMILIES: tuple[ApiFamily, ...] = (
    ApiFamily(
        "process",
        "can start programs",
        "CreateProcess CreateProcessAsUser CreateProcessWithLogon CreateProcessWithToken WinExec ShellExecute "
        "ShellExecuteEx system _wsystem popen _popen _wpopen execl execle execlp execv execve execvp execvpe fexecve "
        "posix_spawn posix_spawnp fork vfork _execv _execvp _spawnl _spawnv _spawnvp _wspawnv CreatePseudoConsole "
        "forkpty openpty _OBJC_CLASS_$_NSTask OBJC_CLASS_$_NSTask NSCreateProcess LSOpenCFURLRef",
    ),
    ApiFamily(
        "python",
        "runs Python from text or bytes",
        "PyRun_SimpleString PyRun_SimpleStringFlags PyRun_String PyRun_StringFlags PyEval_EvalCode Py_CompileString "
        "Py_CompileStringFlags Py_CompileStringExFlags Py_CompileStringObject PyMarshal_ReadObjectFromString "
        "PyImport_ExecCodeModule PyRun_SimpleFileExFlags Py_Main Py_BytesMain PyRun_AnyFileExFlags",
    ),
    ApiFamily(
        "network",
        "can use the network",
        "socket connect bind listen accept send recv sendto recvfrom getaddrinfo gethostbyname inet_addr inet_pton "
        "WSAStartup WSASocket WSAConnect InternetOpen InternetOpenUrl InternetConnect InternetReadFile "
        "InternetWriteFile HttpOpenRequest HttpSendRequest WinHttpOpen WinHttpConnect WinHttpOpenRequest "
        "WinHttpSendRequest WinHttpReadData URLDownloadToFile URLDownloadToCacheFile DnsQuery_ DnsQuery FtpPutFile "
        "curl_easy_init curl_easy_perform SSL_connect CFSocketCreate CFHTTPMessageCreateRequest "
        "OBJC_CLASS_$_NSURLSession OBJC_CLASS_$_NSURLConnection res_query",
    ),
    ApiFamily(
        "loading",
        "loads further code by name",
        "LoadLibrary LoadLibraryEx GetProcAddress LdrLoadDll "
        "LdrGetProcedureAddress LdrGetDllHandle dlopen dlsym dlmopen "
        "NSLinkModule NSLookupSymbolInModule",
    ),
    ApiFamily(
        "memory",
        "makes memory executable",
        "VirtualAlloc VirtualProtect NtAllocateVirtualMemory NtProtectVirtualMemory ZwAllocateVirtualMemory "
        "ZwProtectVirtualMemory NtMapViewOfSection NtCreateSection mprotect memfd_create mach_vm_protect vm_protect "
        "mach_vm_allocate NSCreateObjectFileImageFromMemory pthread_jit_write_protect_np FlushInstructionCache",
    ),
    ApiFamily(
        "injection",
        "reaches into other processes",
        "VirtualAllocEx VirtualProtectEx WriteProcessMemory ReadProcessMemory CreateRemoteThread CreateRemoteThreadEx "
        "NtCreateThreadEx ZwCreateThreadEx RtlCreateUserThread QueueUserAPC NtQueueApcThread SetThreadContext "
        "GetThreadContext NtSetContextThread NtUnmapViewOfSection ZwUnmapViewOfSection NtWriteVirtualMemory "
        "NtReadVirtualMemory OpenProcess NtOpenProcess OpenThread "
        "SuspendThread process_vm_writev process_vm_readv ptrace "
        "task_for_pid mach_vm_write mach_vm_read_overwrite thread_create_running",
    ),
    ApiFamily(
        "crypto",
        "encrypts or decrypts",
        "CryptAcquireContext CryptEncrypt CryptDecrypt CryptGenKey CryptDeriveKey CryptImportKey CryptHashData "
        "CryptStringToBinary BCryptEncrypt BCryptDecrypt BCryptOpenAlgorithmProvider BCryptGenerateSymmetricKey "
        "SystemFunction032 EVP_EncryptInit_ex EVP_DecryptInit_ex EVP_CipherInit_ex EVP_aes_256_cbc AES_encrypt "
        "AES_decrypt AES_set_encrypt_key RSA_public_encrypt CCCrypt CCCryptorCreate SecKeyCreateEncryptedData",
    ),
    ApiFamily(
        "secrets",
        "reads stored passwords or keys",
        "CryptUnprotectData CryptProtectData CredEnumerate CredRead VaultOpenVault VaultEnumerateItems "
        "SecKeychainFindGenericPassword SecKeychainFindInternetPassword SecItemCopyMatching LsaRetrievePrivateData "
        "sqlite3_open sqlite3_open_v2 getspnam NCryptUnprotectSecret",
    ),
    ApiFamily(
        "input",
        "reads or simulates keyboard and mouse input",
        "GetAsyncKeyState GetKeyboardState SetWindowsHookEx "
        "RegisterRawInputDevices GetRawInputData keybd_event SendInput "
        "mouse_event BlockInput GetForegroundWindow GetWindowText XQueryKeymap XGrabKeyboard XRecordEnableContext "
        "CGEventTapCreate CGEventPost",
    ),
    ApiFamily(
        "screen",
        "records the screen, sound or video",
        "BitBlt CreateCompatibleBitmap GetDIBits PrintWindow "
        "StretchBlt GetDesktopWindow capCreateCaptureWindow waveInOpen "
        "waveInStart CGDisplayCreateImage CGWindowListCreateImage XGetImage GdipCreateBitmapFromHBITMAP",
    ),
    ApiFamily(
        "clipboard",
        "uses the clipboard",
        "OpenClipboard GetClipboardData SetClipboardData EmptyClipboard AddClipboardFormatListener SetClipboardViewer "
        "OBJC_CLASS_$_NSPasteboard",
    ),
    ApiFamily(
        "persistence",
        "writes the registry or installs services",
        "RegCreateKey RegCreateKeyEx RegSetValue RegSetValueEx RegSetKeyValue RegDeleteKey RegDeleteValue "
        "NtSetValueKey CreateService StartService StartServiceCtrlDispatcher OpenSCManager ChangeServiceConfig "
        "NetScheduleJobAdd NetUserAdd SetFileAttributes LSSharedFileListInsertItemURL SMJobBless",
    ),
    ApiFamily(
        "debug",
        "looks for debuggers and other processes",
        "CheckRemoteDebuggerPresent NtQueryInformationProcess NtSetInformationThread NtQuerySystemInformation "
        "FindWindow FindWindowEx EnumWindows CreateToolhelp32Snapshot Process32First Process32Next Module32First "
        "Module32Next DebugActiveProcess EnumProcesses EnumProcessModules NtQueryObject proc_listpids proc_pidpath",
    ),
    ApiFamily(
        "privilege",
        "changes its privileges",
        "OpenProcessToken AdjustTokenPrivileges LookupPrivilegeValue ImpersonateLoggedOnUser DuplicateTokenEx "
        "AllocateAndInitializeSid CheckTokenMembership IsUserAnAdmin setuid setgid setreuid setregid seteuid setresuid "
        "capset chroot prctl AuthorizationExecuteWithPrivileges RtlAdjustPrivilege",
    ),
    ApiFamily(
        "deletion",
        "deletes files",
        "DeleteFile RemoveDirectory MoveFileEx SHFileOperation NtDeleteFile "
        "unlink unlinkat rmdir remove _unlink _wunlink "
        "_wremove _rmdir _wrmdir nftw",
    ),
    ApiFamily(
        "host",
        "reads facts about the machine and its user",
        "GetComputerName GetComputerNameEx GetUserName GetUserNameEx GetVolumeInformation GetAdaptersInfo "
        "GetAdaptersAddresses GlobalMemoryStatusEx GetSystemMetrics GetVersionEx NetUserEnum NetWkstaGetInfo "
        "GetLogicalDrives GetDriveType GetKeyboardLayout GetKeyboardLayoutList GetUserDefaultUILanguage RegOpenKeyEx "
        "RegQueryValueEx GetSystemFirmwareTable gethostname getlogin getlogin_r uname getifaddrs sysinfo getpwuid "
        "getpwuid_r IORegistryEntryCreateCFProperty sysctlbyname",
    ),
)
"""All families, in the order of the columns."""

STRING_SEARCHED = frozenset(
    ("process", "network", "memory", "injection", "secrets", "input", "screen", "clipboard", "persistence")
)
"""Families whose functions are also searched for as strings, since a program may resolve them by name at run time."""

EVIDENCE_FAMILIES = STRING_SEARCHED - {"process", "network", "memory"}
"""Families whose functions evidence names."""

_NETWORK = ("ws2_32", "wsock32", "wininet", "winhttp", "urlmon", "libcurl", "dnsapi")


@cache
def family_by_function() -> dict[str, str]:
    """Return the id of the family of each function."""
    return {name: family.id for family in API_FAMILIES for name in family.names.split()}


@cache
def _base_names() -> dict[str, str]:
    """Return the function for each of its spellings: with and without the letter of its character set."""
    known = family_by_function()
    spelt = {name + letter: name for name in known for letter in ("A", "W")}
    return spelt | {name: name for name in known}


def base_name(name: str) -> str:
    """Return a function's name without the letter of its character set: CreateProcess for CreateProcessW."""
    return _base_names().get(name, name)


def count_by_family(imports: Iterable[str], libraries: Iterable[str]) -> dict[str, int]:
    """Return the number of imported functions of each family; a network library counts as one function."""
    families = family_by_function()
    counts: dict[str, int] = {}
    for name in set(map(_base_names().get, imports)):
        if name is not None:
            counts[families[name]] = counts.get(families[name], 0) + 1
    if "network" not in counts and any(library.lower().startswith(_NETWORK) for library in libraries):
        # Functions of Windows' socket library are often imported by number.
        counts["network"] = 1
    return counts
