"""How much, when, where, and what next?"""
