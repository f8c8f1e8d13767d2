"""The demo city: Balikpapan with its agencies and people, three neighbours to see the walls by, and their evaluations.

Everything is made by the same services the screens call. Names, numbers and documents are invented.
"""
