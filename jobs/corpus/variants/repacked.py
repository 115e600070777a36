"""Repacks an artifact without a change: the control, which shows the effect of packing alone."""

from jobs.corpus.variants.contract import Package, VariantContext


class Repacked:
    """An unchanged copy; the only recipe is "same"."""

    name = "repacked"
    recipes = ("same",)

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the package as it is."""
        del context
        return package
