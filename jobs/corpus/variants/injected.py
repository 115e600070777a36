"""Puts an inert look-alike payload into a release of a real project."""

from jobs.corpus.variants.contract import Package, VariantContext
from jobs.corpus.variants.insertion import INSERTION_POINTS, insert_code
from jobs.corpus.variants.obfuscations import obfuscate
from jobs.corpus.variants.payloads import find_payload


class Injected:
    """A real release with a payload of `payloads.toml` in it.

    A recipe is "point" or "point:obfuscations": the insertion point, and how the payload is obfuscated first.
    """

    name = "injected"
    recipes = tuple(point.name for point in INSERTION_POINTS)

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the host with the payload in it."""
        point, _, obfuscations = context.variant.recipe.partition(":")
        code = find_payload(context.variant.payload).source.encode()
        if obfuscations:
            code = obfuscate(code, obfuscations, context.rng)
        return insert_code(package, point, code, context.rng)
