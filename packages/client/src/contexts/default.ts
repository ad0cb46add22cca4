/** What is used when nothing else is said; it is not stored and cannot be changed. */
export const defaultContext = 'default';

export const defaultHost = 'unix:///run/wharf/wharf.sock';
