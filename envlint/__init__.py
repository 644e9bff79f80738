"""envlint: an environment linter and policy checker for machine-learning projects."""

__version__ = "0.1.0"
