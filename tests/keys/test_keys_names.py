"""Which names mean a key, and which random texts look made up: none."""

from __future__ import annotations

import random

import pytest
from made_keys import FORMS, key

from envlint.checks.keys import _fits
from envlint.knowledge import Knowledge
from envlint.packs import load_builtin

KNOWLEDGE = Knowledge((load_builtin("wandb"),))


@pytest.mark.parametrize(
    "name",
    [
        *("WANDB_API_KEY", "MY_WANDB_API_KEY", "wandb_api_key", "wandbApiKey", "WandbAPIKey", "WandB_API_KEY"),
        *("wandb.key", "wandb-key", "--wandb_key", "WANDB_KEY", "wandb_token", "WANDB_API_KEY_2", "wandb_api_key_prod"),
        *("cfg.wandb.api_key", "SINGULARITYENV_WANDB_API_KEY", "WANDBAPIKEY", "weights_and_biases_api_key"),
    ],
)
def test_a_name_means_a_key(name: str) -> None:
    assert KNOWLEDGE.credentials.is_named(name)


@pytest.mark.parametrize(
    "name",
    [
        *("WANDB_PROJECT", "wandb", "WANDB_COMMIT", "wandb_sha", "wandb_revision", "API_KEY", "key", "wandbkeyboard"),
        *("WANDB_API_KEY_FILE", "WANDB_API_KEY_SHA1", "wandb_api_key_sha256", "sha1_wandb_api_key", "wandb_key_id"),
        *("wandb_api_key_hash", "wandb_key_path", "WANDB_API_KEY_NAME", "has_wandb_api_key_env", "wandb_keys_exist"),
    ],
)
def test_a_name_means_something_else(name: str) -> None:
    assert not KNOWLEDGE.credentials.is_named(name)


@pytest.mark.parametrize(
    "host", ["api.wandb.ai", "API.wandb.ai:443", "wandb.example.org", "wandb.internal", "api.forge.coreweave.com"]
)
def test_a_host_is_one_of_the_vendors_or_named_for_it(host: str) -> None:
    assert KNOWLEDGE.credentials.is_host(host)


@pytest.mark.parametrize(
    "host", ["example.org", "github.com", "wandb.whl", "notwandb.example.org", "wandb", "example.wandb"]
)
def test_a_host_is_another(host: str) -> None:
    assert not KNOWLEDGE.credentials.is_host(host)


@pytest.mark.parametrize("form", FORMS)
def test_no_random_key_looks_made_up(form: str) -> None:
    source = random.Random(form)
    keys = [key(source, form) for _ in range(3000)]
    assert [made for made in keys if not any(_fits(shape, made) for shape in KNOWLEDGE.keys)] == []


@pytest.mark.parametrize("length", [40, 77, 200])
def test_a_key_of_the_new_form_is_one_at_any_length(length: int) -> None:
    source = random.Random(length)
    made = "wandb_v1_" + "".join(source.choice("ABCDEFGHabcdefgh0123456789_") for _ in range(length))
    assert any(_fits(shape, made) for shape in KNOWLEDGE.keys)
