#!/usr/bin/env bash
# logged-key: a command line can be listed by everybody on the machine; -e WANDB_API_KEY alone passes the value on.
docker run -e WANDB_API_KEY="$WANDB_API_KEY" --env-file container.env vision:latest
