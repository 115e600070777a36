"""Shell commands of payloads, and the same text as other languages write it."""

import base64
import json
from random import Random

from jobs.corpus.payloads.blocks import blocks_of
from jobs.corpus.payloads.draft import Draft


def choose_command(draft: Draft) -> str:
    """Return a shell command of the draft's split, with its addresses."""
    return draft.words.render(draft.rng.choice(blocks_of("commands", draft.words.split)).text.strip())


def c_literal(text: str, rng: Random) -> str:
    """Return the initialiser of an array of characters in C: quoted, or as numbers."""
    if rng.random() < 0.6:
        return json.dumps(text)
    return "{" + ", ".join(str(byte) for byte in text.encode()) + ", 0}"


def quoted(text: str) -> str:
    """Return a text as C, Rust and Go write it between double quotes, without the quotes."""
    return json.dumps(text)[1:-1]


def spell_command(template: str, command: str, rng: Random) -> str:
    """Return a rendered template with a command in the marks that say how its language writes it."""
    key = rng.randrange(1, 128)
    spelt = {
        "@COMMAND@": command,
        "@LITERAL@": c_literal(command, rng),
        "@RUST@": quoted(command),
        "@ESCAPED@": quoted(command),
        "@QUOTED@": command.replace("\\", "\\\\").replace("'", "\\'"),
        "@BASE64@": base64.b64encode(command.encode()).decode(),
        "@NUMBERS@": ", ".join(f"0x{byte ^ key:02x}" for byte in command.encode()),
        "@HEX@": f"{key:02x}",
    }
    for mark, text in spelt.items():
        template = template.replace(mark, text)
    return template
