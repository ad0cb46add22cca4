throw new TypeError('no part of the image');
