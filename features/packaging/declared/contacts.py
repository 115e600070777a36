"""Measures the people that a release names: its author, its maintainer and their e-mail addresses."""

import re
from pathlib import Path

from features.contract import Scalar
from features.packaging.declared.homepage import host_of
from features.packaging.declared.placeholders import is_placeholder
from features.packaging.declared.project_name import digit_share
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.text.word_metrics import is_random

FREE_MAIL = frozenset((Path(__file__).parents[2] / "data" / "free_mail.txt").read_text(encoding="utf-8").split())
"""Mail domains where anybody can register an address."""

_AUTHOR_CHARS = 500
_EMAIL_CHARS = 320  # RFC 3696: 64 of the local part, "@", 255 of the domain
_AUTHOR_WORDS = 20
_LEAST_SHARED = 3
"""Letters of the shortest word that counts as shared by an author's name and an e-mail address."""
_DISPOSABLE = re.compile(
    r"(?:mailinator|guerrilla|10minute|tempmail|temp-mail|tmpmail|throwaway|trash-?mail|yopmail|sharklasers|discard|"
    r"dispos|getnada|maildrop|mohmal|mailnesia|fakeinbox|burner|spam4|minutemail|emailondeck|dropmail|moakt)"
)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24})")
_WORD = re.compile(r"\w+")


def contact_values(declared: CoreMetadata) -> dict[str, Scalar]:
    """Return the figures of the author's name and of the first e-mail address."""
    author = declared.author[:_AUTHOR_CHARS] or declared.maintainer[:_AUTHOR_CHARS]
    values: dict[str, Scalar] = {
        "author_present": bool(author),
        "maintainer_present": bool(declared.maintainer) and declared.maintainer != declared.author,
        "email_present": bool(declared.emails),
    }
    if author:
        values |= _author_values(author, normalise(declared.name).replace("-", ""))
    if declared.emails:
        values |= _email_values(declared.emails[0][:_EMAIL_CHARS], author, host_of(declared.homepage))
    return values


def _author_values(author: str, project: str) -> dict[str, Scalar]:
    words = _WORD.findall(author)
    return {
        "author_chars": len(author),
        "author_words": len(author.split()),
        "author_placeholder": is_placeholder(author),
        "author_is_name": "".join(words).lower().replace("_", "") == project,
        "author_random": any(map(is_random, words[:_AUTHOR_WORDS])),
        "author_digits": digit_share(author),
    }


def _email_values(email: str, author: str, homepage_host: str) -> dict[str, Scalar]:
    match = _EMAIL.fullmatch(email)
    local, _, _ = email.rpartition("@")
    domain = match[1].lower() if match else ""
    return {
        "email_valid": match is not None,
        "email_placeholder": is_placeholder(email),
        "email_free": domain in FREE_MAIL if match else None,
        "email_disposable": _DISPOSABLE.search(domain) is not None if match else None,
        "email_digits": digit_share(local),
        "email_random": any(is_random(word) for word in re.split(r"[._+-]", local)),
        "email_names_author": _share_a_word(local, domain, author) if author and match else None,
        "email_matches_homepage": _share_a_domain(domain, homepage_host) if domain and homepage_host else None,
    }


def _share_a_word(local: str, domain: str, author: str) -> bool:
    """Return whether the address contains a word of the author's name, or the name a word of the address."""
    address = re.sub(r"[^a-z]", "", local.lower()) + " " + domain
    words = [word for word in re.split(r"[^a-z]+", author.lower()) if len(word) >= _LEAST_SHARED]
    if any(word in address for word in words):
        return True
    squashed = re.sub(r"[^a-z]", "", author.lower())
    return any(len(word) >= _LEAST_SHARED and word in squashed for word in re.split(r"[^a-z]+", local.lower()))


def _share_a_domain(domain: str, host: str) -> bool:
    return domain.split(".")[-2:] == host.split(".")[-2:]
