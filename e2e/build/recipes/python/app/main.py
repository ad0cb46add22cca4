import greeting

print(greeting.hello("wharf"))
