"""Calls that are harmless or not by their arguments."""

import pytest

from features.code.analyse_file import analyse_file
from features.contract import Role


def behaviours(source: str) -> set[str]:
    counts = analyse_file(source.encode(), Role.REST).counts
    known = ("deserialize", "execute_code", "network_send", "network_receive", "socket")
    return {name for name in known if counts.get(f"call_{name}")}


NETWORK = {"network_send", "network_receive"}
CASES = [
    ("import torch\ntorch.load(p, weights_only=False)", {"deserialize"}, "import torch\ntorch.load(p, weights_only=True)"),
    ("import numpy as np\nnp.load(p, allow_pickle=True)", {"deserialize"}, "import numpy as np\nnp.load(p)\nnp.load(p, allow_pickle=False)"),
    ("import numpy as np\nnp.load(p, None, True)", {"deserialize"}, "import numpy as np\nnp.load(p, None, False)"),
    ("import yaml\nyaml.load(f, Loader=yaml.UnsafeLoader)", {"deserialize"}, "import yaml\nyaml.load(f, Loader=yaml.SafeLoader)"),
    ("from yaml import load, CLoader as L\nload(f, L)", {"deserialize"}, "from yaml import load, FullLoader as L\nload(f, L)"),
    ("import yaml\nyaml.load('!!python/object/apply:os.system [id]')", {"deserialize"}, "import yaml\nyaml.load(f)"),
    ("import keras\nkeras.models.load_model(p, safe_mode=False)", {"deserialize"}, "import keras\nkeras.models.load_model(p)"),
    ("from transformers import AutoConfig\nAutoConfig.from_pretrained(x, trust_remote_code=True)", {"execute_code", "network_receive"}, "from transformers import AutoConfig\nAutoConfig.from_pretrained(x)"),
    ("import pandas as pd\npd.read_csv('http://maps.example/x')", NETWORK, "import pandas as pd\npd.read_csv('maps.csv')\npd.read_csv(path)"),
    ("import pandas as pd\npd.read_csv(filepath_or_buffer=f'https://{x}/y')", NETWORK, "import pandas as pd\npd.read_csv(f'{x}/y')"),
    ("import pandas as pd\nu = 'http://maps.example/%s' % x\npd.read_json(u)", NETWORK, "import pandas as pd\nu = 'maps/%s' % x\npd.read_json(u)"),
    ("import pandas as pd\npd.read_html('http://maps.example/{}'.format(x))", NETWORK, "import pandas as pd\npd.read_html('{}'.format(x))"),
    ("import pandas\npandas.read_pickle('http://maps.example/x')", {"deserialize", *NETWORK}, "import pandas\npandas.read_csv()"),
    ("import xml.sax\nxml.sax.parse('http://maps.example/' + x, h)", NETWORK, "import xml.sax\nxml.sax.parse('maps.xml', h)"),
    ("import numpy\nnumpy.loadtxt(b'ftp://maps.example/x')", NETWORK, "import numpy\nnumpy.loadtxt(open(p))"),
    ("import sympy\nsympy.sympify('__import__(\"os\")')", {"execute_code"}, "import sympy\nsympy.sympify('x + 1')\nsympy.sympify(x)"),
    ("import jinja2\njinja2.Template('{{ x.__class__ }}')", {"execute_code"}, "import jinja2\njinja2.Template('{{ x.name }}')"),
    ("from logging.handlers import SysLogHandler\nSysLogHandler(address=('maps.example', 514))", {"network_send"}, "from logging.handlers import SysLogHandler\nSysLogHandler(address='/dev/log')"),
]  # fmt: skip
"""A call that acts, its behaviours, a twin that has none of them."""


@pytest.mark.parametrize(("source", "expected", "twin"), CASES)
def test_the_arguments_of_a_call_decide_its_behaviours(source, expected, twin):
    assert expected == behaviours(source)
    assert set() == behaviours(twin)


def test_an_address_is_not_followed_for_ever():
    assert set() == behaviours("import pandas as pd\nx = x + y\npd.read_csv(x)\npd.read_csv(unknown)")
