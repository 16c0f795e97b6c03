"""What is planted in the district for others to find: theft, faults, programmes, growth."""
