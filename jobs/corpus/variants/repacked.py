"""An artifact packed again unchanged: the control, which shows what the packing alone does."""

from jobs.corpus.variants.contract import Order, Package


class Repacked:
    """Recipe "same"."""

    name = "repacked"
    recipes = ("same",)

    def make(self, package: Package, order: Order) -> Package:
        """Return the package as it is."""
        del order
        return package
