"""Scripts and modules that Python code starts in another program are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.install.subprocess_targets import SubprocessTarget, find_subprocess_targets, may_start_processes

NAMES = {"run.sh", "tool.py", "a.txt"}


def found(source: str) -> list[tuple[str, bool]]:
    return [(target.name, target.is_module) for target in find_subprocess_targets(source, NAMES)]


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        ([("run.sh", False)], "os.system('sh run.sh')"),
        ([("t/run.sh", False)], "subprocess.check_call(['bash', '-e', './t/run.sh'])"),
        ([("run.sh", False)], "os.popen('./run.sh --fast')"),
        ([("run.sh", False)], "os.system('cd x && ./run.sh')"),
        ([("tool.py", False)], "subprocess.run([sys.executable, 'tool.py'])"),
        ([("tool.py", False)], "run(['python3.11', '-u', 'tool.py', 'a.txt'])"),
        ([("a.txt", False)], "cmd = 'python a.txt'\nos.system(cmd)"),
        ([("pkg.tool", True)], "subprocess.run([sys.executable, '-m', 'pkg.tool', 'a.txt'])"),
        ([("tool.py", False), ("run.sh", False)], "os.system('tool.py; run.sh')"),
        ([("a.txt", False)], "subprocess.check_call(['make', '-f', 'a.txt'])"),
        ([("a.txt", False)], "subprocess.check_call(['gcc-12', '-x', 'c', 'a.txt', '-o', 'x'])"),
        ([("a.txt", False)], "os.system('cmake -P a.txt')"),
        ([("a.txt", False)], "asyncio.create_subprocess_exec('node', 'a.txt')"),
        ([("a.txt", False)], "os.execvp('/usr/bin/python', ['python', 'a.txt'])"),
    ],
)
def test_what_a_program_runs_is_found(expected: list[tuple[str, bool]], source: str) -> None:
    assert expected == found(source)
    assert may_start_processes(source) or "subprocess" not in source


@pytest.mark.parametrize(
    "source",
    [
        "open('run.sh')",
        "subprocess.check_output(['git', 'log', '--', 'a.txt'])",
        "runner('run.sh')",
        "def run(self):\n    return 'run.sh'",
        "os.system('echo run.sh.bak')",
        "subprocess.run(['-m', 'tool'])",
        "os.system('sh other.sh')",
        "os.system(name)",
        "",
    ],
)
def test_a_benign_twin_starts_no_file_of_the_archive(source: str) -> None:
    assert [] == found(source)


def test_the_file_must_follow_its_interpreter_closely() -> None:
    near = "os.system('python " + "x " * 5 + "a.txt')"
    far = "os.system('python " + "x " * 6 + "a.txt')"
    assert ([("a.txt", False)], []) == (found(near), found(far))


def test_only_the_call_s_own_arguments_count() -> None:
    assert [] == found("os.system('ls'), 'python a.txt'")
    assert [("a.txt", False)] == found("os.system(('python ' + str(1)) + 'a.txt')")


@pytest.mark.parametrize(("expected", "source"), [(True, "import subprocess"), (True, "exec(x)"), (False, "call(x)")])
def test_source_without_any_necessary_word_starts_nothing(expected: bool, source: str) -> None:
    assert expected is may_start_processes(source)


@given(st.text("'\"() osytem.runpa;-", max_size=40))
def test_any_text_can_be_searched(source: str) -> None:
    assert all(isinstance(target, SubprocessTarget) for target in find_subprocess_targets("os.system(" + source, NAMES))
