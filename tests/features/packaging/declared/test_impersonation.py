"""Identity fields that belong to another project."""

from types import SimpleNamespace
from typing import Any, cast

from features.packaging.declared.impersonation import impersonation_values
from features.packaging.metadata import CoreMetadata
from features.reference.identity import PopularIdentities, address_key, mail_key, summary_key

SUMMARY = "Serves requests to sheep"


TABLE = SimpleNamespace(
    by_url={address_key("https://meadow.example/requests"): ("requests",)},
    by_mail={mail_key("ada@engine.example"): ("requests", "requests-meadow")},
    by_summary={summary_key(SUMMARY): ("numpy", "requests")},
)
"""Stands in for the table of identities."""


def judge(**fields: Any) -> dict[str, Any]:
    return dict(impersonation_values(CoreMetadata(**fields), cast(PopularIdentities, TABLE)))


STOLEN = {"homepage": "https://meadow.example/requests", "emails": ("ada@engine.example",), "summary": SUMMARY}


def test_fields_of_one_popular_project_are_counted_together() -> None:
    values = judge(name="sheep", **STOLEN)
    assert (values["borrowed_url"], values["borrowed_email"], values["borrowed_summary"]) == (True, True, True)
    assert values["borrowed_kinds"] == 3
    assert values["borrowed_imitated"] is False


def test_what_is_also_the_projects_own_is_taken_from_nobody() -> None:
    values = judge(name="requests", **STOLEN)
    assert values["borrowed_kinds"] == 0
    assert not any(values.values())


def test_one_field_of_its_own_leaves_the_others() -> None:
    values = judge(name="numpy", **STOLEN)
    assert (values["borrowed_url"], values["borrowed_summary"], values["borrowed_kinds"]) == (True, False, 2)


def test_the_imitated_projects_fields_weigh_as_imitation() -> None:
    assert judge(name="reqeusts", summary=SUMMARY)["borrowed_imitated"] is True
    assert judge(name="reqeusts", summary="Counts sheep")["borrowed_imitated"] is False


def test_a_family_shares_its_first_word() -> None:
    assert judge(name="requests-sheep", emails=("ada@engine.example",))["borrowed_family"] is True
    assert judge(name="sheep-requests", emails=("ada@engine.example",))["borrowed_family"] is False


def test_project_urls_count_beside_the_homepage() -> None:
    assert judge(name="sheep", project_urls=(("code", STOLEN["homepage"]),))["borrowed_url"] is True


def test_the_first_install_command_must_be_a_popular_projects() -> None:
    popular_first = "pip install requests\npip install numpy"
    assert judge(name="sheep", description=popular_first)["description_installs_popular"] is True
    assert judge(name="sheep", description="pip install sheep requests")["description_installs_popular"] is False
    own = popular_first + "\npip install sheep"
    assert judge(name="sheep", description=own)["description_installs_popular"] is False
