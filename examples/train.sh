#!/usr/bin/env bash
set -euo pipefail

# committed-api-key: this one is made up; README.md says how.
export WANDB_API_KEY=58e63a5f8afa9d322e36eea9f914e9de0b7ed075

# invalid-value: to record what the program prints, it is auto, wrap or redirect.
export WANDB_CONSOLE=on

export WANDB_PROJECT=vision
export WANDB_NAME=baseline

# unexported-variable: Python sees only what is exported.
WANDB_RUN_GROUP=night

# unused-suppression: the value below is fine.
# envlint: ignore[invalid-value] the scheduler translates it
# resume-without-run-id: nothing says which run is meant, so each start makes a new one.
export WANDB_RESUME=allow

python train.py
