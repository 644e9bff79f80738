"""A program that goes on where it was interrupted."""

import os

import wandb

os.environ["WANDB_RESUME"] = "auto"

# overridden-argument: False means not given here, so the variable decides.
run = wandb.init(resume=False)
run.finish()
