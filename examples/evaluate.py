"""A program that makes its own settings."""

import os

import wandb

# invalid-value: one letter is missing.
os.environ["WANDB_MODE"] = "ofline"

# non-string-value: the environment takes texts only.
os.environ["WANDB_SILENT"] = True

# invalid-argument: it is called name; run_name is a setting.
run = wandb.init(run_name="evaluation")

# late-variable: wandb.init has read the environment by now.
os.environ["WANDB_CONSOLE"] = "off"
run.finish()
