echo x >one; ln one two; mkdir sub; ln one sub/three
