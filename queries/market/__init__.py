"""Which regions and industries, and what is coming?"""
