"""A program that makes its own settings."""

import os

import wandb

# invalid-value: one letter is missing.
os.environ["WANDB_MODE"] = "ofline"

# overlong-value: a job type has 64 characters at most.
run = wandb.init(job_type="evaluation-on-the-validation-set-of-imagenet-with-test-time-augmentation")
run.finish()
