"""Surfaces: one module per kind of file, each with `read(source, wanted) -> Facts`.

The table says which module reads which surface; modules are imported when a file of theirs is met.
"""
