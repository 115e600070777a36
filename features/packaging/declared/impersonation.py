"""Finds identity fields of a release that belong to another, popular project."""

from collections import Counter

from features.contract import Scalar
from features.packaging.declared.descriptions import DESCRIPTION_CHARS, install_commands
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.reference.identity import PopularIdentities, address_key, mail_key, summary_key
from features.reference.popular_names import compare_name, popular_names

_URLS = 20
_EMAILS = 5


def impersonation_values(declared: CoreMetadata, popular: PopularIdentities) -> dict[str, Scalar]:
    """Return the identity fields (URL, e-mail, summary) that a release takes from popular projects.

    A field that also belongs to the project itself is not taken from another.
    """
    project = normalise(declared.name)
    urls = [declared.homepage, *(url for _, url in declared.project_urls[:_URLS])]
    owners = {
        "url": [popular.by_url.get(address_key(url), ()) for url in urls if url],
        "email": [popular.by_mail.get(mail_key(email), ()) for email in declared.emails[:_EMAILS]],
        "summary": [popular.by_summary.get(summary_key(declared.summary), ())],
    }
    others = {
        field: {owner for names in found if project not in names for owner in names} for field, found in owners.items()
    }
    own = {field for field, found in owners.items() if any(project in names for names in found)}
    fields_taken = Counter(owner for field, found in others.items() if field not in own for owner in found)
    family = project.split("-")[0]
    installed = install_commands(declared.description[:DESCRIPTION_CHARS])
    return {
        "borrowed_url": bool(others["url"]) and "url" not in own,
        "borrowed_email": bool(others["email"]) and "email" not in own,
        "borrowed_summary": bool(others["summary"]) and "summary" not in own,
        "borrowed_kinds": max(fields_taken.values(), default=0),
        "borrowed_imitated": not compare_name(project).resembled.isdisjoint(fields_taken),
        "borrowed_family": "-" in project and any(owner.split("-")[0] == family for owner in fields_taken),
        "description_installs_popular": (
            bool(installed) and installed[0] in popular_names() and project not in installed
        ),
    }
