"""Portals, one declaration each: ``<portal>.toml`` in this folder."""
