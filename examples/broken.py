import wandb

# unreadable-source: a bracket is missing, so only keys are looked for here.
run = wandb.init(project="vision"
run.finish()
