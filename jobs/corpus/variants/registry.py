"""Lists all kinds of variants."""

from jobs.corpus.variants.contract import VariantKind
from jobs.corpus.variants.injected import Injected
from jobs.corpus.variants.obfuscated import Obfuscated
from jobs.corpus.variants.repacked import Repacked
from jobs.corpus.variants.transplanted import Transplanted
from jobs.corpus.variants.typosquat import Typosquat

KINDS: tuple[VariantKind, ...] = (Obfuscated(), Transplanted(), Injected(), Typosquat(), Repacked())


def find_kind(name: str) -> VariantKind:
    """Return the kind of this name; raises KeyError."""
    return {kind.name: kind for kind in KINDS}[name]
