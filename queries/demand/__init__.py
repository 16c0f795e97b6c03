"""What if the load moved?"""
