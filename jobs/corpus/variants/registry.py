"""All kinds of variants, in the order of lists."""

from jobs.corpus.variants.codeless import Codeless
from jobs.corpus.variants.contract import VariantKind
from jobs.corpus.variants.injected import Injected
from jobs.corpus.variants.obfuscated import Obfuscated
from jobs.corpus.variants.repacked import Repacked
from jobs.corpus.variants.transplanted import Transplanted

KINDS: tuple[VariantKind, ...] = (Obfuscated(), Transplanted(), Injected(), Codeless(), Repacked())


def find_kind(name: str) -> VariantKind:
    """Return a kind by its name; raises KeyError."""
    return {kind.name: kind for kind in KINDS}[name]
