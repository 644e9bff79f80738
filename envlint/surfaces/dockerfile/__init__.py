"""Dockerfiles and Containerfiles: their instructions, stages, and the shell texts in them."""

from envlint.surfaces.dockerfile.instructions import read

__all__ = ["read"]
