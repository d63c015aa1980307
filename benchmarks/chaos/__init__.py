"""Real faults under load, and proof that nothing acknowledged was lost: python -m benchmarks.chaos --help"""
