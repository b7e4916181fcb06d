/// The page's only script, which makes tables sortable by their headings. The page works without it too.
///
/// The script contains neither `<` nor `&`, so that the page is well-formed XML.
enum ReportScript {
  static let sorting = """
    document.querySelectorAll("table.sort").forEach(function(table){
    var body=table.tBodies[0],rows=Array.from(body.rows);
    var heads=Array.from(table.tHead.rows[table.tHead.rows.length-1].cells);
    function key(row,i){var cell=row.cells[i],v=cell.getAttribute("data-v");
    return v===null?cell.textContent:v==="inf"?Infinity:v==="-inf"?-Infinity:v===""?NaN:Number(v)}
    function compare(a,b){if(typeof a==="string"){return a.localeCompare(b,"en",{numeric:true})}
    return a>b?1:b>a?-1:0}
    function missing(v){return typeof v==="number"?isNaN(v):v==="–"}
    heads.forEach(function(head,i){
    var button=document.createElement("button");button.type="button";button.title="sort";
    while(head.firstChild){button.appendChild(head.firstChild)}
    head.appendChild(button);
    button.addEventListener("click",function(){
    var old=head.getAttribute("aria-sort"),now=old===null?"ascending":old==="ascending"?"descending":null;
    heads.forEach(function(h){h.removeAttribute("aria-sort")});
    if(now){head.setAttribute("aria-sort",now)}
    var sign=now==="descending"?-1:1,order=rows.slice();
    if(now){order.sort(function(r,s){var a=key(r,i),b=key(s,i);
    if(missing(a)||missing(b)){return (missing(a)?1:0)-(missing(b)?1:0)}
    return sign*compare(a,b)})}
    order.forEach(function(row){body.appendChild(row)})})})});
    """
}
