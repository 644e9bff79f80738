"""What notations of a setting's text the SDK's loader takes: numbers, URLs, JSON documents, moments of a run.

A module judges one notation, by the text alone. Nothing here knows variables, packs or files.
"""
