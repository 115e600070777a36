"""Files that are written and then run."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("download_then_run", "import requests, subprocess\np = d / 'x.exe'\nwith open(p, 'wb') as f:\n    f.write(requests.get(u).content)\nsubprocess.run([str(p)])", "import requests, subprocess\np = d / 'x.tar'\nwith open(p, 'wb') as f:\n    f.write(requests.get(u).content)\nsubprocess.run(['tar', 'xf', str(p)])"),
    ("download_then_run", "from urllib.request import urlretrieve\nimport os\nurlretrieve(u, 'a/x.sh')\nos.system('bash a/x.sh')", "from urllib.request import urlretrieve\nimport os\nurlretrieve(u, 'a/x.sh')\nos.system('cat a/x.sh')"),
    ("download_then_run", "import os, urllib.request\nf = os.path.join(t, 'x.exe')\nurllib.request.urlretrieve(u, f)\nos.startfile(f)", "import os, urllib.request\nf = os.path.join(t, 'x.exe')\ng = os.path.join(t, 'y.exe')\nurllib.request.urlretrieve(u, f)\nos.startfile(g)"),
    ("drop_then_run", "import os, tempfile\nt = tempfile.NamedTemporaryFile(delete=False)\nt.write(b'import os  # inert, and long enough to be code\\nprint(os.getcwd())')\nos.system(f'start pythonw {t.name}')", "import os, tempfile\nt = tempfile.NamedTemporaryFile(delete=False)\nt.write(b'some words and nothing else in this file, on and on')\nos.system(f'cat {t.name}')"),
    ("drop_then_run", "import base64, subprocess\nopen('x.py', 'wb').write(base64.b64decode(y))\nsubprocess.Popen(['python', 'x.py'])", "import base64, subprocess\nopen('x.png', 'wb').write(base64.b64decode(y))\nsubprocess.Popen(['python', 'x.py'])"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def test_files_are_compared_by_their_base_names_without_case():
    source = "import requests, os\nopen('/tmp/X.EXE', 'wb').write(requests.get(u).content)\nos.startfile('x.exe')"
    assert "download_then_run" in matched_rules(source)


def test_an_attribute_holds_the_path_from_one_method_to_the_next():
    source = (
        "import requests, subprocess\nclass A:\n    def get(self):\n        open(self.p, 'wb').write(requests.get(u).content)\n"
        "    def go(self):\n        subprocess.run([self.p])"
    )
    assert "download_then_run" in matched_rules(source)


def test_an_interpreter_runs_the_file_after_it():
    drop = "import base64, subprocess, sys\nopen('x.py', 'wb').write(base64.b64decode(y))\n"
    assert "drop_then_run" in matched_rules(drop + "subprocess.run([sys.executable, 'x.py'])")
    assert "drop_then_run" not in matched_rules(drop + "subprocess.run(['wc', 'x.py'])")


def test_a_command_line_in_pieces_begins_with_its_program():
    drop = "import base64, os\np = d + '/x.sh'\nopen(p, 'wb').write(base64.b64decode(y))\n"
    assert "drop_then_run" in matched_rules(drop + "os.system(f'sh {p}')")
    assert "drop_then_run" not in matched_rules(drop + "os.system(f'cat {p}')")


def test_short_constants_are_no_dropped_code():
    source = "import os\nopen('x.sh', 'w').write('import os')\nos.system('sh x.sh')"
    assert "drop_then_run" not in matched_rules(source)


@pytest.mark.parametrize("download", ["wget.download(u, out='x.sh')", "urllib.request.urlretrieve(u, filename='x.sh')"])
def test_a_downloader_names_its_file_by_keyword(download):
    assert "download_then_run" in matched_rules(f"import wget, urllib.request, os\n{download}\nos.system('sh x.sh')")


def test_files_that_nobody_writes_are_started_freely():
    assert not {"download_then_run", "drop_then_run"} & matched_rules("import os\nos.system('sh x.sh')")
