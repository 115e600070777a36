import pytest

from features.surfaces.tool_settings import find_other_indexes


@pytest.mark.parametrize(
    "text",
    [
        "[global]\nindex-url = https://index.example/simple\n",
        "[global]\nextra-index-url =\n    https://user:x@198.51.100.4/simple\n",
        '[[index]]\nname = "x"\nurl = "https://index.example/simple"\n',
        '[[tool.uv.index]]\nurl = "https://index.example/simple"\n',
        "registry=https://npm.example/\n",
        "@scope:registry=https://npm.example/\n",
        "[easy_install]\nindex_url = https://index.example/\n",
        "channel_alias: https://conda.example/\n",
    ],
)
def test_an_index_elsewhere_is_found(text: str) -> None:
    assert ["tool_index"] == [place.rule for place in find_other_indexes("pip.conf", text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        "[global]\nindex-url = https://pypi.tuna.tsinghua.edu.cn/simple\n",
        '[[tool.uv.index]]\nname = "pytorch"\nurl = "https://download.pytorch.org/whl/cpu"\n',
        "registry=https://registry.npmjs.org/\n",
        '[project.urls]\nSource = "https://forge.example/x"\nIndex = "none"\n',
        "[global]\ntimeout = 60\n",
        "",
    ],
)
def test_usual_indexes_and_other_settings_are_left_alone(text: str) -> None:
    assert list(find_other_indexes("pip.conf", text.encode())) == []
