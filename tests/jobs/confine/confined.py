"""Tries what a confined process must not be able to do; prints the name of each act that succeeded, one a line.

Run as `python confined.py WRITABLE OUTSIDE PORT`: two folders, and a port of this machine that listens.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from jobs.confine.confinement import give_up_files, give_up_network


def acts(folder: Path, outside: Path, port: int) -> dict[str, Callable[[], object]]:
    there = outside / "there"
    return {
        "write below": lambda: (folder / "new").write_text("x"),
        "rename below": lambda: (folder / "new").replace(folder / "renamed"),
        "make a folder below": (folder / "folder").mkdir,
        "write to /dev/null": lambda: Path(os.devnull).write_text("x"),
        "read": there.read_text,
        "talk to itself": socket.socketpair,
        "use a connection that stands": lambda: STANDING.sendall(b"x"),
        "start a thread": lambda: threading.Thread(target=int).start(),
        "write outside": lambda: (outside / "new").write_text("x"),
        "write to a file outside": lambda: there.write_text("x"),
        "append to a file outside": lambda: there.open("a").close(),
        "cut a file outside": lambda: os.truncate(there, 0),
        "remove a file outside": there.unlink,
        "rename a file outside": lambda: there.replace(outside / "elsewhere"),
        "take a file from outside": lambda: there.replace(folder / "taken"),
        "link a file outside": lambda: os.link(there, folder / "link"),
        "link to a file outside": lambda: (folder / "symlink").symlink_to(there),
        "change a mode outside": lambda: there.chmod(0o777),
        "change a time outside": lambda: os.utime(there),
        "make a folder outside": (outside / "folder").mkdir,
        "connect": lambda: socket.create_connection(("127.0.0.1", port), 5),
        "send a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
        "start a program": lambda: subprocess.run([sys.executable, "--version"], check=True, capture_output=True),
        "start a shell": lambda: subprocess.run("true", shell=True, check=True),
        "start a program by fork": lambda: in_child(lambda: os.execv("/bin/sh", ["sh", "-c", "true"])),
        "start a program in memory": lambda: in_child(run_in_memory),
        "signal another process": lambda: os.kill(os.getppid(), 0),
        "see another's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "become another user's namespace": lambda: in_child(enter_namespace),
    }


def run_in_memory() -> None:
    handle = os.memfd_create("program")
    os.write(handle, Path("/bin/true").read_bytes())
    os.execve(handle, ["true"], {})


def enter_namespace() -> None:
    import ctypes

    if ctypes.CDLL(None).unshare(0x10000000):
        raise OSError


def in_child(act: Callable[[], object]) -> None:
    """Do an act in a child; raises OSError if it failed."""
    child = os.fork()
    if not child:
        try:
            act()
            os._exit(0)
        except OSError:
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise OSError


def main(folder: Path, outside: Path, port: int) -> None:
    begin = threading.Event()

    def do_all() -> None:
        begin.wait()
        for name, act in acts(folder, outside, port).items():
            try:
                act()
            except (OSError, subprocess.SubprocessError):
                continue
            print(name, flush=True)

    lacking = give_up_files((folder,))
    # A thread that was there before the network was given up is confined too.
    thread = threading.Thread(target=do_all)
    thread.start()
    lacking += give_up_network()
    begin.set()
    thread.join()
    print(*lacking, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    STANDING = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
