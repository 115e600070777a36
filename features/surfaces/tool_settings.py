"""Finds settings of installers that take packages from elsewhere than the usual indexes."""

import re
from collections.abc import Iterator

from features.surfaces.contract import SurfacePlace, place_at

_USUAL_HOSTS_SPELT = """
    localhost 127.0.0.1 0.0.0.0 download.pytorch.org pypi.nvidia.com pypi.ngc.nvidia.com pypi.anaconda.org
    conda.anaconda.org repo.anaconda.com registry.npmjs.org registry.yarnpkg.com npm.pkg.github.com npm.jsr.io
    registry.npmmirror.com github.com pypi.tuna.tsinghua.edu.cn mirrors.aliyun.com mirrors.cloud.tencent.com
    mirror.baidu.com pypi.douban.com pypi.mirrors.ustc.edu.cn mirrors.ustc.edu.cn mirrors.huaweicloud.com
    repo.huaweicloud.com pypi.doubanio.com mirrors.bfsu.edu.cn mirror.sjtu.edu.cn mirrors.sjtug.sjtu.edu.cn
    storage.googleapis.com gitlab.com us-python.pkg.dev pypi.fury.io www.piwheels.org
"""
USUAL_HOSTS = frozenset(_USUAL_HOSTS_SPELT.split())
"""Hosts of public indexes and of their mirrors."""

_INDEX_ITSELF = re.compile(r"(?:[\w-]{1,20}\.)?pypi\.(?:python\.)?org|files\.pythonhosted\.org")
_WORDS = (b"index", b"registry", b"registryServer", b"channel", b"find-links", b"find_links", b"source")
_KEY = (
    rb"(?:(?:extra[-_]|default[-_])?index(?:[-_]url)?|registry|npmRegistryServer|find[-_]links|channel[-_]alias"
    rb"|default[-_]channels|install\.registry)"
)
_ADDRESS = rb"((?:https?|ftp)://[^\s\"'\]]{3,200})"
_SETTING = re.compile(
    rb"^[ \t]*(?:@[\w-]{1,40}:)?[\"']?" + _KEY + rb"[\"']?\s{0,5}[=:]\s{0,5}[\[\"'\s-]{0,12}" + _ADDRESS,
    re.MULTILINE | re.IGNORECASE,
)
_TABLE = re.compile(
    rb"^\[\[?(?:tool\.uv\.index|index|tool\.poetry\.source|tool\.pdm\.source)\]\]?"
    rb"[^\[]{0,300}?^[ \t]*url\s{0,5}=\s{0,5}[\"']" + _ADDRESS,
    re.MULTILINE,
)
_HOST = re.compile(rb"://(?:[^/@\s]{0,120}@)?([\w.-]{1,100})")


def find_other_indexes(member: str, data: bytes) -> Iterator[SurfacePlace]:
    """Yield the settings of a file that name an index whose host is not a usual one."""
    if not any(word in data for word in _WORDS):
        return
    for pattern in (_SETTING, _TABLE):
        for match in pattern.finditer(data):
            host = _HOST.search(match[1])
            name = host[1].decode("ascii", "replace").lower() if host is not None else ""
            if name and name not in USUAL_HOSTS and not _INDEX_ITSELF.fullmatch(name):
                yield place_at("tool_index", member, data, match.start(1))
