"""Payloads that patch a class or function of another package, and harm when it is used."""

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.contract import Block, Family
from jobs.corpus.payloads.draft import Draft


def _patch(draft: Draft, kind: str) -> None:
    block: Block = choose_block("patches", draft.words.split, draft.rng, kind)
    draft.act = block.name
    text = draft.words.render(block.text)
    if draft.rng.random() < 0.5:
        draft.lead(text)
    else:
        draft.add_module(draft.init, text)


def client(draft: Draft) -> None:
    """Patch a client of HTTP or of a service, so that what it sends is copied."""
    _patch(draft, "http")


def secret_input(draft: Draft) -> None:
    """Patch what reads secrets."""
    _patch(draft, "secret")


def wallet(draft: Draft) -> None:
    """Patch what makes or reads keys of wallets."""
    _patch(draft, "wallet")


def builtin(draft: Draft) -> None:
    """Patch functions of the standard library."""
    _patch(draft, "builtin")


FAMILIES = (
    Family("patched-client", "patch", "train", client, dress="plain", takes_trigger=False),
    Family("patched-client-held-out", "patch", "test", client, dress="plain", takes_trigger=False),
    Family("patched-secret-input", "patch", "valid", secret_input, dress="plain", takes_trigger=False),
    Family("patched-wallet", "patch", "test", wallet, dress="plain", takes_trigger=False),
    Family("patched-builtin", "patch", "train", builtin, dress="plain", takes_trigger=False),
)
