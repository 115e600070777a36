"""Releases of real projects with one of our own inert payloads put into them."""

from jobs.corpus.variants.contract import Order, Package
from jobs.corpus.variants.insertion import PLACES, put_code
from jobs.corpus.variants.payloads import find_payload
from jobs.corpus.variants.recipes import obfuscate


class Injected:
    """Recipe "place" or "place:recipes": where the payload is put, and how it is obfuscated before."""

    name = "injected"
    recipes = tuple(place.name for place in PLACES)

    def make(self, package: Package, order: Order) -> Package:
        """Return the host with the payload in it."""
        place, _, recipes = order.variant.recipe.partition(":")
        code = find_payload(order.variant.payload).body.encode()
        if recipes:
            code = obfuscate(code, recipes, order.random)
        return put_code(package, place, code, order.random)
