export const Show = ({ id, value }) => (
  <output id={id}>{typeof value === 'string' ? value : JSON.stringify(value)}</output>
)
