#!/usr/bin/env bash

# incompatible-key: the release that requirements.txt pins takes forty characters only.
# committed-api-key: this one is made up, too.
# logged-key: every user of the machine can list it while the login runs.
wandb login 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
