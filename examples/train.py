"""A training program that decides what its script has decided already."""

import wandb

run = wandb.init(
    # shadowing-argument: train.sh sets WANDB_PROJECT for this very program.
    project="demo",
    # redundant-argument: train.sh says the same with WANDB_NAME.
    name="baseline",
)
run.finish()
