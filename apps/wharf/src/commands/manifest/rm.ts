import { define } from '../define.js';

export default define({
  path: ['manifest', 'rm'],
  summary: 'Delete one or more manifest lists from local storage',
  usage: 'MANIFEST_LIST [MANIFEST_LIST...]',
  flags: {},
  args: [{ name: 'MANIFEST_LIST', multiple: true, complete: 'image' }],
  examples: [
    { text: 'One that was not pushed', command: 'wharf manifest rm reg.example.org/app:1' },
  ],
  async run(context, _flags, names, { signal }) {
    const { manifestLists } = await context.engine();
    await manifestLists.remove(names, { signal });
  },
});
