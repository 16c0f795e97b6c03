"""What does each owe, and what would they under another tariff?"""
