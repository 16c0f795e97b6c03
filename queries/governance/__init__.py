"""May you see this, is it right, is it safe?"""
