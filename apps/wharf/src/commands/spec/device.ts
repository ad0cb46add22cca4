export { parseDevice } from '@wharf/oci';
