"""Maps the dotted names of functions to the behaviours of calling them."""

from dataclasses import dataclass

from features.code.evaluate.name_lookups import NAME_LOOKUPS, inner_name
from features.code.parse.executing_names import (
    CODE_TYPES,
    INSTALLERS,
    MODULE_RUNNERS,
    PROCESS_STARTERS,
    RARE_LOADERS,
    SOURCE_BUILTINS,
)
from features.runtime.cache import cached_text, size_of_words


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour of calling a function; `meaning` completes the sentence "it ...".

    `names` are dotted names after aliases are resolved; "x.*" covers all names below x. `methods` are names of
    attributes that have the behaviour on any object.
    """

    id: str
    meaning: str
    names: tuple[str, ...]
    methods: tuple[str, ...] = ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour(
        "execute_code",
        "executes text or bytes as Python code",
        (
            *SOURCE_BUILTINS,
            *(f"runpy.{name}" for name in MODULE_RUNNERS),
            *(f"types.{name}" for name in CODE_TYPES),
            *_names("""builtins.exec code.InteractiveInterpreter.* code.InteractiveConsole.* code.interact
            runpy._run_code runpy._run_module_code timeit.timeit timeit.repeat timeit.Timer timeit.main
            cProfile.run cProfile.runctx cProfile.Profile.run cProfile.Profile.runctx profile.run profile.runctx
            profile.Profile.run profile.Profile.runctx pdb.run pdb.runeval pdb.Pdb.run pdb.Pdb.runeval bdb.Bdb.run
            bdb.Bdb.runeval trace.Trace.run trace.Trace.runctx doctest.run_docstring_examples doctest.debug_src
            doctest.debug_script doctest.DocTestRunner.run rlcompleter.Completer.complete imp.load_source
            typing.ForwardRef._evaluate test.support.run_code
            logging.config.listen
            gdb.execute gdb.parse_and_eval lldb.SBDebugger.HandleCommand
            tkinter.Tcl.eval tkinter.Tcl.call tkinter.Tcl.evalfile tkinter.Tcl.tk.eval tkinter.Tcl.tk.call
            tkinter.Tk.eval tkinter.Tk.tk.eval _tkinter.create.eval _tkinter.create.call
            js2py.eval_js js2py.EvalJs.* execjs.eval execjs.exec_ execjs.compile.* py_mini_racer.MiniRacer.*
            py_mini_racer.py_mini_racer.MiniRacer.* dukpy.evaljs quickjs.Context.eval lupa.LuaRuntime.*
            rpy2.robjects.r julia.Main.eval matlab.engine.start_matlab.eval
            Cython.inline cython.inline Cython.Build.Inline.cython_inline scipy.weave.inline weave.inline
            IPython.get_ipython.run_cell IPython.get_ipython.run_cell_magic IPython.get_ipython.ex
            get_ipython.run_cell torch.hub.load IPython.core.interactiveshell.InteractiveShell.run_cell
            types.LambdaType ctypes.pythonapi.PyRun_SimpleString ctypes.pythonapi.PyRun_String
            ctypes.pythonapi.PyRun_SimpleStringFlags ctypes.pythonapi.PyEval_EvalCode
            ctypes.pythonapi.PyRun_AnyFile"""),
        ),
        _names("PyRun_SimpleString PyRun_String PyEval_EvalCode"),
    ),
    Behaviour(
        "execute_process",
        "starts another program",
        _names("""os.system os.popen os.popen2 os.popen3 os.popen4 os.startfile os.execl os.execle os.execlp os.execlpe
        os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle os.spawnlp os.spawnv os.spawnve os.spawnvp
        os.spawnlpe os.spawnvpe os.posix_spawn os.posix_spawnp os.fork os.forkpty
        posix.system posix.popen posix.fork posix.forkpty posix.execv posix.execve posix.posix_spawn
        posix.posix_spawnp nt.system nt.startfile nt.execv nt.execve nt.spawnv nt.spawnve
        _posixsubprocess.* _winapi.CreateProcess.* _subprocess.CreateProcess pipes.Template.* pydoc.pipepager
        pydoc.tempfilepager multiprocessing.set_executable multiprocessing.spawn.set_executable
        multiprocessing.util.spawnv_passfds multiprocessing.popen_fork.Popen multiprocessing.popen_spawn_posix.Popen
        asyncio.subprocess.create_subprocess_exec asyncio.subprocess.create_subprocess_shell
        webbrowser.open_new webbrowser.open_new_tab webbrowser.get.open webbrowser.GenericBrowser.*
        webbrowser.BackgroundBrowser.* webbrowser.UnixBrowser.* pexpect.spawnu pexpect.popen_spawn.PopenSpawn
        pexpect.pty_spawn.spawn ptyprocess.PtyProcess.spawn ptyprocess.PtyProcessUnicode.spawn winpty.PtyProcess.spawn
        sarge.run sarge.capture_stdout sarge.Command delegator.run envoy.run invoke.run invoke.Context.run fabric.local
        fabric.api.local numpy.distutils.exec_command.exec_command test.support.script_helper.*
        setuptools._distutils.spawn.spawn distutils.ccompiler.new_compiler.spawn virtualenv.cli_run
        IPython.get_ipython.system IPython.get_ipython.getoutput get_ipython.system uuid._popen
        subprocess.* commands.getoutput
        commands.getstatusoutput popen2.* pty.spawn asyncio.create_subprocess_exec
        asyncio.create_subprocess_shell pexpect.spawn pexpect.run sh.* plumbum.local.* win32api.ShellExecute
        win32process.CreateProcess distutils.spawn.spawn setuptools.distutils.spawn.spawn platform.popen
        ctypes.windll.shell32.* ctypes.windll.kernel32.CreateProcessW ctypes.windll.kernel32.WinExec
        win32com.client.Dispatch webbrowser.open""")
        + INSTALLERS,
        (
            *PROCESS_STARTERS,
            "create_subprocess_shell",
            "create_subprocess_exec",
            "subprocess_shell",
            "subprocess_exec",
            "fork_exec",
            "ShellExecuteA",
            "ShellExecuteW",
            "WinExec",
        ),
    ),
    Behaviour(
        "network_send",
        "sends data over the network",
        _names("""requests.post requests.put requests.patch requests.request requests.Session.post
        requests.Session.put requests.Session.request requests.session.post requests.get requests.head
        requests.Session.get requests.session.get requests.delete httpx.* aiohttp.ClientSession.post
        aiohttp.ClientSession.get aiohttp.ClientSession.request urllib.request.urlopen urllib.urlopen
        urllib2.urlopen urllib.request.Request urllib2.Request urllib.request.build_opener
        urllib.request.OpenerDirector.open urllib.request.build_opener.open http.client.HTTPConnection.request
        http.client.HTTPSConnection.request httplib.HTTPConnection.request httplib.HTTPSConnection.request
        urllib3.PoolManager.request urllib3.PoolManager.urlopen urllib3.request
        urllib3.ProxyManager.request pycurl.Curl.* smtplib.* ftplib.* poplib.* imaplib.* telnetlib.* paramiko.*
        socket.socket.send socket.socket.sendall socket.socket.sendto socket.socket.connect
        socket.create_connection.send socket.create_connection.sendall socket.gethostbyname socket.getaddrinfo
        dns.resolver.* xmlrpc.client.ServerProxy.* websocket.* websockets.* discord.* discord_webhook.* telebot.*
        telegram.* dhooks.* boto3.client boto3.resource cloudscraper.* pyrogram.* telethon.* slack_sdk.*
        socketio.* grequests.* tls_client.* curl_cffi.* primp.* asyncio.open_connection
        logging.handlers.HTTPHandler.* logging.handlers.SMTPHandler.* logging.handlers.SocketHandler.*
        logging.handlers.DatagramHandler.* urllib.robotparser.RobotFileParser.read
        urllib.robotparser.RobotFileParser.set_url urllib.robotparser.RobotFileParser robotparser.RobotFileParser
        robotparser.RobotFileParser.read ssl.get_server_certificate ssl.SSLContext.wrap_socket.*
        ssl.create_default_context.wrap_socket.* nntplib.* socket.gethostbyname_ex socket.gethostbyaddr
        socket.socket.connect_ex socket.socket.sendmsg socket.socket.sendfile xmlrpc.client.ServerProxy
        xmlrpc.client.Server.* xmlrpclib.ServerProxy.* multiprocessing.connection.Client.*
        multiprocessing.managers.BaseManager.connect asyncore.dispatcher.connect
        http.client.HTTPConnection.connect http.client.HTTPSConnection.connect http.client.HTTPConnection.send
        http.client.HTTPSConnection.send http.client.HTTPConnection.putrequest http.client.HTTPSConnection.putrequest
        http.client.HTTPConnection.endheaders http.client.HTTPSConnection.endheaders
        urllib.request.URLopener.open urllib.request.FancyURLopener.open urllib.URLopener.open
        urllib.request.OpenerDirector.* httplib2.Http.request httpcore.* aiohttp.request aiohttp.ClientSession.put
        aiohttp.ClientSession.patch aiohttp.ClientSession.head aiohttp.ClientSession.ws_connect niquests.* treq.*
        requests.options requests.Session.head requests.Session.delete requests.Session.patch requests.Session.send
        requests.sessions.Session.get requests.sessions.Session.post requests.sessions.Session.request
        requests.api.get requests.api.post requests.api.request
        urllib3.HTTPConnectionPool.* urllib3.HTTPSConnectionPool.* urllib3.connection_from_url.*
        tornado.httpclient.HTTPClient.fetch tornado.httpclient.AsyncHTTPClient.fetch paho.mqtt.publish.single
        paho.mqtt.client.Client.connect aiosmtplib.* aiodns.DNSResolver.* dns.asyncresolver.* dns.query.* asyncssh.*
        pysftp.* ftputil.* mechanize.Browser.* twisted.web.client.*"""),
        _names("sendall urlopen send_photo sendDocument send_document send_message sendMessage"),
    ),
    Behaviour(
        "network_receive",
        "receives data from the network",
        _names("""requests.get requests.Session.get requests.session.get requests.request httpx.get httpx.Client.get
        httpx.stream aiohttp.ClientSession.get urllib.request.urlopen urllib.request.urlretrieve urllib.urlretrieve
        urllib.urlopen urllib2.urlopen urllib.request.URLopener.retrieve urllib.request.FancyURLopener.retrieve
        wget.download http.client.HTTPConnection.getresponse http.client.HTTPSConnection.getresponse
        httplib.HTTPConnection.getresponse httplib.HTTPSConnection.getresponse urllib3.PoolManager.request
        socket.socket.recv socket.socket.recvfrom socket.socket.makefile socket.create_connection.recv
        ftplib.FTP.retrbinary gdown.download pySmartDL.* cloudscraper.create_scraper.get
        urllib.request.build_opener.open urllib.robotparser.RobotFileParser.read urllib.request.URLopener.open
        urllib.request.FancyURLopener.open socket.socket.recv_into socket.socket.recvmsg httplib2.Http.request
        niquests.get requests.api.get requests.sessions.Session.get ssl.get_server_certificate feedparser.parse
        torch.hub.download_url_to_file torch.hub.load_state_dict_from_url torch.hub.load
        tensorflow.keras.utils.get_file keras.utils.get_file pooch.retrieve huggingface_hub.hf_hub_download
        huggingface_hub.snapshot_download setuptools.package_index.PackageIndex.download
        setuptools.package_index.PackageIndex.open_url multiprocessing.connection.Client.recv
        git.Repo.clone_from"""),
        _names("urlretrieve urlopen recv"),
    ),
    Behaviour(
        "socket",
        "opens a raw network connection",
        _names("""socket.socket socket.create_connection socket.create_server socket.socketpair
        asyncio.open_connection asyncio.start_server ssl.wrap_socket socketserver.* ssl.SSLContext.wrap_socket
        asyncio.start_unix_server asyncio.get_event_loop.create_connection socket.fromfd
        asyncio.get_running_loop.create_connection _socket.socket multiprocessing.connection.Listener
        multiprocessing.connection.Client asyncore.dispatcher xmlrpc.server.SimpleXMLRPCServer
        http.server.HTTPServer http.server.ThreadingHTTPServer wsgiref.simple_server.make_server"""),
        _names("create_datagram_endpoint"),
    ),
    Behaviour(
        "file_read",
        "reads files",
        _names("""open.read open.readlines open.readline open io.open io.open.read codecs.open codecs.open.read
        pathlib.Path.read_text pathlib.Path.read_bytes pathlib.Path.open.read os.read linecache.getline
        linecache.getlines fileinput.input file mmap.mmap pkgutil.get_data os.walk glob.glob glob.iglob os.listdir
        os.scandir pathlib.Path.glob pathlib.Path.rglob pathlib.Path.iterdir importlib.resources.read_text
        importlib.resources.read_binary"""),
        _names("read_text read_bytes"),
    ),
    Behaviour(
        "file_write",
        "writes files",
        _names("""open.write open.writelines io.open.write codecs.open.write pathlib.Path.write_text
        pathlib.Path.write_bytes os.write shutil.copy shutil.copyfile shutil.copy2 shutil.move os.rename
        os.replace tempfile.NamedTemporaryFile tempfile.NamedTemporaryFile.write tempfile.mkstemp tempfile.mkdtemp
        tempfile.TemporaryDirectory tempfile.mktemp zipfile.ZipFile.extractall zipfile.ZipFile.extract
        tarfile.open.extractall tarfile.TarFile.extractall shutil.unpack_archive os.symlink os.link"""),
        _names("write_text write_bytes extractall"),
    ),
    Behaviour(
        "file_delete",
        "deletes files",
        _names("os.remove os.unlink os.rmdir os.removedirs shutil.rmtree pathlib.Path.unlink pathlib.Path.rmdir"),
    ),
    Behaviour(
        "permission",
        "makes files executable or changes their owner",
        _names(
            "os.chmod os.chown os.fchmod pathlib.Path.chmod os.setuid os.setgid ctypes.windll.shell32.IsUserAnAdmin"
        ),
        _names("chmod IsUserAnAdmin"),
    ),
    Behaviour(
        "environment",
        "reads or sets environment variables",
        _names("""os.environ os.environ.* os.getenv os.getenvb os.putenv os.environb os.environb.* os.path.expandvars
        posix.environ
        nt.environ dotenv.dotenv_values"""),
    ),
    Behaviour(
        "host_info",
        "asks which machine or user it runs on",
        _names("""platform.* socket.gethostname socket.getfqdn getpass.getuser os.getlogin os.uname uuid.getnode
        uuid.uuid1 os.getcwd pwd.getpwuid pwd.getpwall psutil.* wmi.WMI GPUtil.* cpuinfo.* distro.*
        sysconfig.get_platform
        os.getuid os.geteuid os.cpu_count netifaces.* locale.getdefaultlocale win32api.GetComputerName
        win32api.GetUserName ctypes.windll.kernel32.GetComputerNameW socket.gethostbyname_ex screeninfo.*
        os.path.expanduser pathlib.Path.home sys.getwindowsversion"""),
        _names("gethostname getlogin getuser"),
    ),
    Behaviour(
        "decode",
        "decodes base64, hex or another encoding",
        _names("""base64.* binascii.unhexlify binascii.a2b_base64 binascii.a2b_hex binascii.a2b_uu bytes.fromhex
        bytearray.fromhex codecs.decode codecs.getdecoder uu.decode quopri.decodestring html.unescape
        urllib.parse.unquote urllib.unquote base58.b58decode binascii.* pybase64.*"""),
        _names("b64decode b32decode b16decode b85decode a85decode fromhex unhexlify urlsafe_b64decode b58decode"),
    ),
    Behaviour(
        "decompress",
        "decompresses data",
        _names("""zlib.decompress zlib.decompressobj gzip.decompress gzip.GzipFile gzip.open bz2.decompress
        bz2.BZ2Decompressor lzma.decompress lzma.LZMADecompressor zstandard.* brotli.decompress lz4.*
        blosc.decompress"""),
        _names("decompress"),
    ),
    Behaviour(
        "deserialize",
        "rebuilds objects or code from serialised bytes",
        _names("""marshal.loads marshal.load pickle.loads pickle.load pickle.Unpickler cPickle.loads cPickle.load
        dill.loads dill.load cloudpickle.loads cloudpickle.load shelve.open jsonpickle.decode yaml.unsafe_load
        yaml.unsafe_load_all joblib.load sklearn.externals.joblib.load pandas.read_pickle pickle5.loads pickle5.load
        _pickle.loads _pickle.load _pickle.Unpickler pickle._loads pickle._load pickle._Unpickler
        pandas.compat.pickle_compat.load hickle.load klepto.archives.file_archive.load torch.load torch.jit.load
        jsonpickle.unpickler.decode shelve.DbfilenameShelf shelve.Shelf"""),
    ),
    Behaviour(
        "crypto",
        "decrypts or encrypts data",
        _names("""cryptography.* Crypto.* Cryptodome.* nacl.* pyaes.* rsa.* win32crypt.* Fernet Fernet.decrypt
        pyDes.* AES.new ctypes.windll.crypt32.* secretstorage.* pycrypto.* simplecrypt.*"""),
        _names("CryptUnprotectData decrypt"),
    ),
    Behaviour(
        "dynamic_import",
        "imports modules by a computed name",
        _names("""__import__ importlib.import_module importlib.__import__ importlib.machinery.* importlib.util.*
        imp.load_module imp.load_source imp.new_module importlib.reload pkgutil.find_loader pkgutil.get_importer
        types.ModuleType pydoc.importfile""")
        + tuple(NAME_LOOKUPS)
        + RARE_LOADERS,
    ),
    Behaviour(
        "dynamic_attribute",
        "fetches functions by a computed name",
        _names("""getattr setattr globals locals vars operator.attrgetter operator.methodcaller delattr
        __builtins__.__getattribute__ object.__getattribute__ sys._getframe inspect.currentframe inspect.stack
        gc.get_objects gc.get_referrers"""),
        _names("__getattribute__ __subclasses__ __getattr__"),
    ),
    Behaviour(
        "ctypes",
        "calls native code through ctypes",
        _names("""ctypes.* cffi.* _ctypes.* win32api.* win32gui.* win32process.* llvmlite.binding.* _cffi_backend.*
        numpy.ctypeslib.load_library sqlite3.connect.load_extension sqlite3.connect.enable_load_extension
        torch.utils.cpp_extension.* sqlite3.Connection.load_extension unicorn.Uc.* pyximport.install"""),
        _names(
            """load_extension VirtualAlloc VirtualProtect CreateThread RtlMoveMemory WriteProcessMemory
            CreateRemoteThread"""
        ),
    ),
    Behaviour(
        "registry",
        "reads or writes the Windows registry",
        _names("winreg.* _winreg.* win32api.RegSetValueEx win32api.RegOpenKeyEx"),
        _names("SetValueEx RegSetValueEx CreateKeyEx"),
    ),
    Behaviour(
        "clipboard",
        "reads or replaces the clipboard",
        _names("""pyperclip.* clipboard.* win32clipboard.* xerox.* pandas.read_clipboard
        tkinter.Tk.clipboard_get"""),
        _names("clipboard_get GetClipboardData"),
    ),
    Behaviour(
        "screenshot",
        "takes pictures of the screen or with the camera",
        _names(
            "PIL.ImageGrab.* ImageGrab.* pyautogui.* mss.* pyscreenshot.* cv2.VideoCapture d3dshot.* sounddevice.rec"
        ),
    ),
    Behaviour(
        "keyboard",
        "listens to the keyboard or the mouse",
        _names("pynput.* keyboard.* mouse.* pyHook.* pythoncom.PumpMessages win32api.GetAsyncKeyState"),
        _names("GetAsyncKeyState SetWindowsHookEx"),
    ),
    Behaviour(
        "secrets",
        "opens stores of passwords, cookies or keys",
        _names("""win32crypt.CryptUnprotectData keyring.get_password browser_cookie3.* browsercookie.* secretstorage.*
        netrc.netrc sqlite3.connect getpass.getpass pycookiecheat.* rookiepy.* win32cred.*"""),
        _names("CryptUnprotectData"),
    ),
    Behaviour(
        "install_hook",
        "hooks into the installation of a package",
        _names("""setuptools.setup distutils.core.setup setuptools.command.install.install.run
        setuptools.command.develop.develop.run setuptools.command.egg_info.egg_info.run distutils.core.Command
        setuptools.command.build_py.build_py.run"""),
    ),
    Behaviour(
        "exit_hook",
        "registers code to run later",
        _names(
            """atexit.register signal.signal sys.settrace sys.setprofile threading.Timer sched.scheduler sys.meta_path.*
            sys.path_hooks.* weakref.finalize threading.settrace threading.setprofile sys.addaudithook
            os.register_at_fork atexit._run_exitfuncs signal.setitimer sys.monitoring.register_callback"""
        ),
    ),
    Behaviour("sleep", "waits", _names("time.sleep asyncio.sleep gevent.sleep eventlet.sleep threading.Event.wait")),
    Behaviour(
        "thread",
        "starts threads or background processes",
        _names("""threading.Thread threading.Thread.start _thread.start_new_thread thread.start_new_thread
        multiprocessing.Process multiprocessing.Process.start multiprocessing.Pool os.fork os.setsid
        daemon.DaemonContext
        concurrent.futures.ThreadPoolExecutor"""),
    ),
    Behaviour(
        "anti_analysis",
        "looks for debuggers, tracers or virtual machines",
        _names("""sys.gettrace psutil.process_iter psutil.pids ctypes.windll.kernel32.IsDebuggerPresent
        ctypes.windll.kernel32.CheckRemoteDebuggerPresent ctypes.windll.ntdll.* faulthandler.disable"""),
        _names("IsDebuggerPresent CheckRemoteDebuggerPresent"),
    ),
    Behaviour(
        "kill",
        "ends processes",
        _names("os.kill os.killpg os.abort os._exit psutil.Process.kill psutil.Process.terminate"),
    ),
    Behaviour(
        "random",
        "draws random text or numbers",
        _names(
            "random.choice random.choices random.randint random.sample secrets.token_hex "
            "random.randbytes string.ascii_letters"
        ),
    ),
    Behaviour(
        "build_text",
        "builds text from pieces or numbers",
        _names("chr unichr bytes bytearray reversed map str.join bytes.join"),
        _names("join translate"),
    ),
)

DECODING = frozenset(("decode", "decompress"))
EXECUTING = frozenset(("execute_code", "execute_process"))
ACTING = EXECUTING | {"network_send"}
"""Behaviours that can have an effect outside the process."""

_BY_NAME: dict[str, tuple[str, ...]] = {}
_BY_PREFIX: dict[str, tuple[str, ...]] = {}
_BY_METHOD: dict[str, tuple[str, ...]] = {}

for _behaviour in BEHAVIOURS:
    for _name in _behaviour.names:
        _table, _key = (_BY_PREFIX, _name[:-2]) if _name.endswith(".*") else (_BY_NAME, _name)
        _table[_key] = (*_table.get(_key, ()), _behaviour.id)
    for _name in _behaviour.methods:
        _BY_METHOD[_name] = (*_BY_METHOD.get(_name, ()), _behaviour.id)

_EXCEPTIONS = frozenset(
    {
        "base64.b64encode", "base64.encodebytes", "base64.urlsafe_b64encode", "base64.standard_b64encode",
        "base64.b32encode", "base64.b16encode", "base64.b85encode", "base64.encodestring", "binascii.hexlify",
        "binascii.b2a_hex", "binascii.crc32", "binascii.b2a_base64", "binascii.crc_hqx", "subprocess.list2cmdline",
        "subprocess.STARTUPINFO", "subprocess.CalledProcessError", "subprocess.TimeoutExpired",
        "platform.python_version", "platform.python_implementation", "platform.python_version_tuple", "rsa.verify",
        "sh.Command", "ctypes.util.find_library", "importlib.util.find_spec", "sys.modules.get",
    }
)  # fmt: skip
"""Names below a prefix that do not have its behaviours; neither do the names below them."""
_C_PROCESS_FUNCTIONS = frozenset(
    _names("system popen execl execlp execle execv execvp execve execvpe fork vfork posix_spawn posix_spawnp dlmopen")
)
"""Functions of the C library that start a program, as attributes of a library that ctypes or cffi loads."""
_FLAT_MODULES = frozenset({"base64", "binascii", "subprocess", "platform", "pybase64", "sh", "rsa"})
"""Modules of which only functions count, not methods of their results: `subprocess.Popen.wait` starts no program."""


@cached_text("star_names", size_of=size_of_words)
def star_import_names(module: str) -> tuple[str, ...]:
    """Return the names with a known behaviour that `from module import *` brings in, sorted."""
    prefix = module + "."
    known = [name[len(prefix) :] for name in _BY_NAME if name.startswith(prefix)]
    if module == "subprocess":
        known += ["Popen", "run", "call", "check_output", "check_call", "getoutput"]
    if module == "ctypes":
        known += ["CDLL", "PyDLL", "WinDLL", "OleDLL", "cdll", "windll", "oledll", "pydll", "pythonapi"]
    if module == "base64":
        known += ["b64decode", "b32decode", "b85decode", "b16decode", "a85decode", "decodebytes"]
    return tuple(sorted({name.split(".")[0] for name in known}))


@cached_text("call_behaviours")
def find_behaviours(name: str) -> tuple[str, ...]:
    """Return the ids of the behaviours of calling a dotted name; () if none is known.

    An exact name takes precedence over a prefix; the behaviours of a prefix and of a method are combined.
    """
    if name in _EXCEPTIONS:
        return ()
    found = _BY_NAME.get(name) or _BY_PREFIX.get(name)
    if found is not None:
        return found
    last_dot = name.rfind(".")
    if last_dot < 0:
        return ()
    by_method = _BY_METHOD.get(name[last_dot + 1 :], ())
    if name[last_dot + 1 :] in _C_PROCESS_FUNCTIONS and name.startswith(("ctypes.", "cffi.")):
        by_method = (*by_method, "execute_process")
    dot = last_dot
    while dot > 0:
        prefix = name[:dot]
        if prefix in _EXCEPTIONS:
            return ()
        by_prefix = _BY_PREFIX.get(prefix)
        if by_prefix is not None and (dot == last_dot or prefix not in _FLAT_MODULES):
            return tuple(dict.fromkeys((*by_prefix, *by_method)))
        dot = name.rfind(".", 0, dot)
    return find_behaviours(inner) if not by_method and (inner := inner_name(name)) else by_method
