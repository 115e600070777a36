"""Hunts for known things over the whole mirror, from the store and by reading again."""
