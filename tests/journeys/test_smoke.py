"""Both ways of running the portal answer, and carry a task from the web to the worker."""

import json
import urllib.request

import pytest


@pytest.mark.parametrize("portal", ["embedded", "servers"], indirect=True)
def test_ready(portal):
    with urllib.request.urlopen(f"{portal.base_url}/readyz") as answer:
        assert json.load(answer) == {
            "ready": True,
            "checks": {"database": "ok", "migrations": "ok", "storage": "ok", "broker": "ok"},
        }
