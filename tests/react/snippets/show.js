/** Shows a value on the page, under an id. */
export function show(id, value) {
  const output = document.querySelector(`#${id}`) ?? document.createElement('output')
  output.id = id
  output.textContent = JSON.stringify(value)
  document.body.append(output)
}
