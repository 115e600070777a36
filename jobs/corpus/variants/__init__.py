"""Variants of artifacts, made in memory, that training and evaluation learn and are judged by."""
