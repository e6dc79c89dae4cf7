"""Estimates become sentences, tables and pages in nl, fr and en."""
