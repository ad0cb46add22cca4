export const tongues = { en: 'hello', de: 'hallo', fr: 'bonjour' };
