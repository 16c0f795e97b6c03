"""The sample of real research data: extracted from SimBench, kept in data/sample, scaled."""
