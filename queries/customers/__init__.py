"""Who are they and how do we serve them?"""
